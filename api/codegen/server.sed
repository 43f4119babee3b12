# The generator lets the server parse the query anew for each parameter. Once is enough.
s/^[[:space:]]*var params .*/&\
	query := r.URL.Query()\
	_ = query/
s/r\.URL\.Query(), /query, /
